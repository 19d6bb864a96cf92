"""Pure iCalendar (RFC 5545, 5546, 6047): invitations and feeds become bytes, bytes become answers and events."""
