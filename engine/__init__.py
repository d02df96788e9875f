"""The headless half of Vision Workbench: data, models, traces; no Qt anywhere below.

Glossary, one word a concept:

picture     what a person opens: RGB uint8 (H, W, 3); the file it came from has a path
shape       a box or polygon that a person drew or a file brought, with a class label
annotation  all shapes of one picture; an annotation set covers many pictures
detection   a box with a score and a class that a model proposed
raw         before score threshold and non-maximum suppression
mask        an integer class index per pixel
logits      before softmax; probabilities after
category    a class that a model or a data set knows, by name
frame       one picture of a source that runs
id          the number of an object that is followed from frame to frame; its trail, its last places
zone        a polygon of the frame in which objects are counted; a line counts crossings
weights     trained parameters of a model, named and with an origin
trace       the steps of an algorithm; a step has marks; a mark is drawable data
epoch       one pass over the training data; a step is one batch
objective   what a family of models is trained by: losses, optimisers, scores
run         one training, with its folder; a recipe is its settings
checkpoint  everything needed to go on with a run
request     what the interface or the command line asks of the engine
lane        a worker thread of the service
"""
