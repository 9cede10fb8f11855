"""What is measured: load, speed, agreement with other programs, and what they read of our results."""
