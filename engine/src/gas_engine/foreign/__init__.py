"""Foreign engines: a bundle may name a command that annotates in place of our own.

Our engine reads and checks the file as ever. The command gets the records that have a place on the reference, as sites
without anybody's samples; its tags, and nothing else that it writes, go into the records as they came.
"""
