"""A real node for the control plane: kubelet, containerd and a pod network, in namespaces of their own."""
