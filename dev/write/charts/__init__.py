"""The files of the chart that are computed: the settings in values.yaml, the schema, the README, and the CRD's copy."""
