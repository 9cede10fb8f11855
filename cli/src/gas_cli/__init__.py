"""The gas command: submit, watch and fetch annotation jobs from a terminal or a script."""
