"""What tests share: makers of models, pictures and hostile files, workers for fresh processes, and one way to run each thing.

    cli            the command line inside this process          on_terminal    the command line on a terminal
    processes      fresh Python processes                        *_worker       what they run: no test executes a string of code
    stand_in       a family of densities without a model         small_*        models of tiny nets

What a test replaces is given as an argument. These names of modules and classes are patched instead, 54 times in all:

    13  functions, streams and modules of os, time and sys: what disks, clocks and terminals do when they fail
    17  functions and attributes that are counted, watched, or made to lie where no argument reaches
     9  library.embedded: the models that come with the package, which every caller finds by itself
     3  program.workers and kernel_cache.cache_folder: the cores and the home of another machine
     2  files.check_free: what somebody else does between two steps
     2  Image.MAX_IMAGE_PIXELS: a global of Pillow's, which has to be left as it was
     6  limits that only very large files reach
     2  choice.METHODS and hierarchies.STAGES: lines of tables
"""
