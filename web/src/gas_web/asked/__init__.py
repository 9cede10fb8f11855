"""What a request brings, as values: who asks, its number, its cookies, where it wants to go next."""
