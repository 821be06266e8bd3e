"""Is this process alive, may it serve, and does the service keep its promises?"""
