"""An invented set of establishments, offers, drafts and accounts, in real communes of one département.

The tables of `data/` say what it holds; nothing in it describes a real person or structure, and every name says so.
"""
