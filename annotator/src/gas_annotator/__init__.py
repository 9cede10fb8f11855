"""GAS annotator: takes one job at a time from the queue and annotates it in a child process."""
