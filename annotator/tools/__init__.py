"""Programs that make the annotator's committed reference bundles again from their sources."""
