"""How the ports are kept: on AWS, and in memory for tests."""
