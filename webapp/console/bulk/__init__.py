"""One change of many products: chosen in the list or by a category, looked at, then done in the background.

`models` are the job and its products, `commands` what a person does with it, `working` the batches, `routes` its page.
"""
