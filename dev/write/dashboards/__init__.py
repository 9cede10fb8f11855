"""The dashboards of GAS: built as code, written as the JSON that Grafana imports, checked and drawn from a Prometheus."""
