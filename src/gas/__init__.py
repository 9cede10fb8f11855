"""GAS, the Genomics Annotation Service: what its three programs share."""
