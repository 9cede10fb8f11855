"""A real Kubernetes control plane without Docker."""
