"""The program: people, relationships and the rules between them."""
