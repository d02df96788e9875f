"""The headless half of Vision Workbench: data, models, traces; no Qt anywhere below.

Glossary, one word a concept, with the words to avoid for it; a test looks for those.

Pictures and annotations
    picture     what a person opens: RGB uint8 (H, W, 3); the file it came from has a path
    shape       a box or polygon that a person drew or a file brought, with a class label
    annotation  all shapes of one picture; an annotation set covers many pictures
    category    a class that a model or a data set knows, by name
    drawn scene a picture that the program draws, with its true boxes and masks; the data set that
                draws them is called `shapes`
    finding     what a check has to say of a file: what does not match, and what is done about it
    import, export  reading annotations from files, writing them (avoid: intake, outlet)
    entry       what an annotation file says about one object, in its own text, kept by saving

Models
    logits      before softmax; probabilities after
    mask        an integer class index per pixel
    detection   a box with a score and a class that a model proposed; raw before score threshold
                and non-maximum suppression
    backbone    the part of a network that finds features (avoid: trunk)
    ASPP        atrous spatial pyramid pooling; its branch of the mean is image pooling
    generator   makes pictures of noise (avoid: forger)
    discriminator  tells real pictures from generated ones, the fakes; a critic is that of a
                Wasserstein GAN, which gives no probability
    conditioned on a class  what a model is that is given the class
    weights     trained parameters of a model, named and with an origin
    card        what is known of a model, of weights or of a topic, without loading it
    architecture, options  what the weights fix of a model; what a person chooses at run time

Training
    run         one training, with its folder, and nothing else; a recipe is its settings
    epoch       one pass over the training data
    batch, update  pictures that are learned from together; one change of the weights. Files that
                were agreed on call its number `step`
    objective   what a family of models is trained by: losses, optimisers, scores
    checkpoint  everything needed to go on with a run

Explanations
    topic, trace  an algorithm that can be stepped through; its steps for one input
    step        one thing that happened, in words, in symbols and in marks; of a trace only
    mark, tile  drawable data; a mark that the interface lays out itself (avoid: story)

Running pictures
    source      where frames come from: a camera, a film, a folder, a stream
    frame       one picture of a source
    id          the number of an object that is followed from frame to frame; its trail, its last
                places
    zone        a polygon of the frame in which objects are counted; a line counts crossings

The engine
    request     what the interface or the command line asks of the engine, a frozen dataclass
    lane        a worker thread of the service
"""
