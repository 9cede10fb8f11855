"""What can go wrong with the control plane, each told in a sentence that says what to do."""


class KubeError(Exception):
    """The control plane, its programs or kubectl did not do what was asked."""


class BinariesError(KubeError):
    """The programs of the control plane are missing and could not be made."""


class ControlPlaneError(KubeError):
    """The control plane did not start, stop or answer as it should."""


class PortTakenError(ControlPlaneError):
    """Another program took a port between its choice and its use."""


class KubectlError(KubeError):
    """Kubectl ended with an error; the text is what it said."""


class ClusterError(KubeError):
    """The node, its namespaces or what runs on it did not do as it should."""
