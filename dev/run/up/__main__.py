"""`python -m dev.run.up up|down|env|demo`: what the Makefile's targets call."""

import argparse
import signal
import sys

from dev.ending import end
from dev.run.up.demo import run_demo
from dev.run.up.demo_options import DemoOptions
from dev.run.up.doors import WebDoor
from dev.run.up.errors import PlatformError
from dev.run.up.inputs import write_inputs
from dev.run.up.options import BUILD, Options, instance_name
from dev.run.up.platform import Platform
from dev.run.up.shell import exports, link_programs
from dev.run.up.welcome import welcome
from gas_cli.errors import CommandError
from kube.errors import BinariesError, ControlPlaneError, KubectlError


def main() -> int:
    """Do what is asked; 0 when it went well, 1 when it did not, with one sentence that says why."""
    parser = argparse.ArgumentParser(prog="python -m dev.run.up")
    parser.add_argument("do", choices=("up", "down", "env", "demo"))
    wanted = parser.parse_args().do
    # Who ends this program, by Ctrl-C or by SIGTERM, wants what it started to be stopped too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return {"up": up, "down": down, "env": env, "demo": demo}[wanted]()
    except (PlatformError, BinariesError, ControlPlaneError, KubectlError, CommandError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return 130


def up() -> int:
    """Start the platform, give it yeast beside rCRS, send it a sample, and leave it running."""
    options = Options(instance=instance_name())
    platform = Platform.start(options, entrance=True, yeast_sample=BUILD / "inputs/yeast.vcf")
    try:
        door = WebDoor.with_token(platform.up["web"], platform.up["tokens"]["free"])
        job_id = door.submit(write_inputs(BUILD / "inputs")["free"], "make-up")
    except BaseException:
        platform.stop()
        raise
    print(welcome(platform.up, door.page(job_id), options, platform.yeast))
    return 0


def down() -> int:
    """Stop the platform; where none runs, all is as wanted."""
    options = Options(instance=instance_name())
    if not options.up_file.exists():
        print("Nothing runs: there is nothing to stop.")
        return 0
    platform = Platform.attach(options)
    sys.stderr.write("Stopping the platform.\n")
    platform.stop()
    print("GAS is down.")
    return 0


def env() -> int:
    """Print the exports that let a shell talk to the running platform."""
    platform = Platform.attach(Options(instance=instance_name()))
    print(exports(platform, link_programs(platform.options.state_dir / "bin")))
    return 0


def demo() -> int:
    """Run the demo."""
    return run_demo(DemoOptions.from_environment(), instance_name())


if __name__ == "__main__":
    end(main)
