"""GAS web: pages, API and login."""
