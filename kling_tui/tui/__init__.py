"""All that a person sees; the only code that knows Textual."""
