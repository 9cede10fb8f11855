"""Whether other people's tools read what gas-annotate writes."""
