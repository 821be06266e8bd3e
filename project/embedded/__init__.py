"""PostgreSQL and Valkey from wheels, for `make run` and the tests.

Nothing here imports Django: these modules run before settings are loaded, and find out the addresses
that settings then read from the environment.
"""
