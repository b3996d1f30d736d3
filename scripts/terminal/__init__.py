"""What several commands share at the terminal: the stage, parallel work, progress, lists of photo files."""
