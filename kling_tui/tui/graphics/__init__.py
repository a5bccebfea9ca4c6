"""The graphics protocols of terminals, which show an image in real pixels over some cells."""
