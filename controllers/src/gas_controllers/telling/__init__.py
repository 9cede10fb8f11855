"""What is told of it all: the status of resources, metrics, log lines, figures and the overview. E-mail is the services'."""
