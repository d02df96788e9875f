"""What the mouse does on the canvas: a state machine each for select, box and polygon."""
