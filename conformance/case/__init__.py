"""The case language: from YAML text to frozen data."""
