"""Training: one loop for every model, an objective for each family, a folder for each run.

start.py     prepares a run: data, model, objective, folder, checkpoint
loop.py      the loop: epochs, validation, checkpoints, pause and stop; knows no model
objective.py what an objective is; objectives/ has one file a family
updates.py   one optimiser step: precision, parts of a batch, clipping, several processes
in_memory.py a short training that writes nothing, for networks that learn while one waits
run_folder.py what a run writes, and how others read it
"""
