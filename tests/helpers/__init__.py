"""What tests share: makers of models, pictures and hostile files, workers for fresh processes, and one way to run each thing.

    cli            the command line inside this process          on_terminal    the command line on a terminal
    processes      fresh Python processes                        *_worker       what they run: no test executes a string of code
    stand_in       a family of densities without a model         small_*        models of tiny nets

What a test replaces is given as an argument. What is patched in the globals of modules instead stays so for these reasons:

    codec.density.library.embedded       the models that come with the package: an archive on disk that every caller finds by itself
    functions of os, time, sys.stderr    what a disk, a clock, a file system or a terminal does when it fails: not ours to pass in
    Pillow's MAX_IMAGE_PIXELS            a global of Pillow's, which has to be left as it was
    counted and watched functions        pack_bytes, api.decompress, quantise.finish: that they are called, or with what
    what happens between two steps       files.check_free, OriginalFile.content, PictureFile.metadata: no argument reaches there
    workspace, _pays, program.workers    memory that is not zero, a step that does not pay, cores: what only another machine has
"""
