"""What is written by programs: the computed files of the chart, pages of docs/, and dashboards."""
