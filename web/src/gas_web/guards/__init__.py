"""What every request has to pass before a page or an operation sees it."""
