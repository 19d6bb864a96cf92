"""The fault drill: the whole service on real servers that break again and again, and every mail counted (`make drill`).

crowd and script say what will happen, from a seed alone; parts and mail_server are what can be broken, on the premises;
running does it, importing lets people come; arrivals reads what the mail server took; verdict compares; report tells.
"""
