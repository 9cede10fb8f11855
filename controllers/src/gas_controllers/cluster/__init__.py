"""All that speaks to Kubernetes, and what is remembered of it."""
