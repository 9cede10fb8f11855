"""What is to be looked at, in which order, and what asks for it: lanes, messages, the sweep, turns."""
