"""The fault drill: the whole service on real servers that break again and again, and every mail counted (`make drill`).

crowd and script say what will happen, from a seed alone; parts are what can be broken; run does it; arrivals reads what
the mail server took; verdict compares; report tells.
"""
