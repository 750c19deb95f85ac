"""How does the reference's web server run? With as many workers and threads as the product's; see `bench.measure`."""

import os

workers, threads = int(os.environ["REFERENCE_WORKERS"]), int(os.environ["REFERENCE_THREADS"])
accesslog = "-"
control_socket_disable = True
