"""The local AWS: moto's server, made honest where a promise of AWS matters to GAS.

Where each rule lives:

- `__main__.py`, `http_server.py`, `exchange.py`, `cloud.py`: the program, its HTTP, and the order of the layers
- `operations.py`, `errors.py`: which AWS operation a request is, and how that service words an error
- `locks.py`: conditional writes are atomic under threads
- `queues.py`, `queue_store.py`, `topics.py`: SQS at the same speed at any depth; SNS that never fails for one subscriber
- `tables.py`: DynamoDB at a speed that does not fall with the size of a record
- `uploads.py`, `links.py`, `checksums.py`, `conditions.py`: S3 refuses what a policy, an expiry, a checksum or a
  condition forbids
- `classes.py`: S3's storage classes where moto has none of their rules
- `restores.py`, `timers.py`, `events.py`, `objects.py`: retrievals from GLACIER take time, tell when they are done, and end
- `faults.py`, `deliveries.py`, `mail.py`, `control.py`: what a test may break and look at, under `/_gas/`
- `client.py`: starts and stops the whole thing from a test or from `dev/run/up`

How fast it is, `dev/measure/bench/cloud.py` measures.

Nothing survives a restart, and no signature is checked: any access key will do. It binds to loopback only.
"""
