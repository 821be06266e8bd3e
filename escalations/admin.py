"""Django's admin shows no case: administrators see no content of any kind, and a case is nothing but content."""
