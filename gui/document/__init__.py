"""What a person is working on: the open picture, its shapes, every edit undoable."""
