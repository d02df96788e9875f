"""Pictures, folders and annotations: reading, writing, checking."""
