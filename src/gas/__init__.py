"""GAS, the Genomics Annotation Service: what its programs share."""
