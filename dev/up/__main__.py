"""`python -m dev.up up|down|env|demo`: what the Makefile's targets call."""

import argparse
import shlex
import sys

from dev.kube.errors import BinariesError, ControlPlaneError, KubectlError
from dev.up.demo import DemoOptions, run_demo
from dev.up.options import Options, instance_name
from dev.up.platform import Platform, PlatformError


def main() -> int:
    """Do what is asked; 0 when it went well, 1 when it did not, with one sentence that says why."""
    parser = argparse.ArgumentParser(prog="python -m dev.up")
    parser.add_argument("do", choices=("up", "down", "env", "demo"))
    wanted = parser.parse_args().do
    try:
        return {"up": up, "down": down, "env": env, "demo": demo}[wanted]()
    except (PlatformError, BinariesError, ControlPlaneError, KubectlError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def up() -> int:
    """Start the platform and leave it running."""
    platform = Platform.start(Options(instance=instance_name()))
    try:
        platform.start_entrance()
    except BaseException:
        platform.stop()
        raise
    print(
        f"GAS is up: {platform.up['web']}/ and the API's document: {platform.up['web']}/api/v1/openapi.json"
    )
    print("You can sign in as Fay (free), Pat (premium) or Olu (operator).")
    print(f"All addresses, and a token of each of them, are in {platform.options.up_file}.")
    print('In your shell: eval "$(make -s env)", then: kubectl get annotationjobs')
    print("Stop it with: make down")
    return 0


def down() -> int:
    """Stop the platform."""
    Platform.attach(Options(instance=instance_name())).stop()
    print("GAS is down.")
    return 0


def env() -> int:
    """Print the exports that let a shell talk to the running platform."""
    platform = Platform.attach(Options(instance=instance_name()))
    folder = platform.kubectl.binary.parent
    exports = {
        "KUBECONFIG": platform.up["kubeconfig"],
        "AWS_ENDPOINT_URL": platform.endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        **platform.settings,
    }
    for name, value in exports.items():
        print(f"export {name}={shlex.quote(value)}")
    print(f'export PATH={shlex.quote(str(folder))}:"$PATH"')
    return 0


def demo() -> int:
    """Run the demo."""
    return run_demo(DemoOptions.from_environment(), instance_name())


if __name__ == "__main__":
    sys.exit(main())
