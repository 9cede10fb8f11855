{{- /*
The objects beside a Deployment that every part has: its account, how it may be disrupted, which pods go first, who may talk to
it, and how its metrics are found.
*/}}

{{- define "gas.serviceAccount" -}}
{{- $root := first . -}}
{{- $account := (index $root.Values (last .)).serviceAccount -}}
{{- if $account.create -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "gas.serviceAccountName" . }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "gas.labels" . | nindent 4 }}
  {{- with $account.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end -}}
{{- end }}

{{- define "gas.podDisruptionBudget" -}}
{{- $root := first . -}}
{{- $part := index . 1 -}}
{{- $component := last . -}}
{{- $budget := (index $root.Values $part).podDisruptionBudget -}}
{{- if $budget.enabled -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "gas.deploymentMetadata" (list $root $component) | nindent 2 }}
spec:
  maxUnavailable: {{ $budget.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "gas.selector" (list $root $component) | nindent 6 }}
{{- end -}}
{{- end }}

{{- define "gas.priorityClass" -}}
{{- $root := first . -}}
{{- $class := (index $root.Values (last .)).priorityClass -}}
{{- if $class.create -}}
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: {{ include "gas.clusterDnsName" . }}
  labels:
    {{- include "gas.labels" . | nindent 4 }}
value: {{ int $class.value }}
description: The {{ last . }} part of GAS in namespace {{ $root.Release.Namespace }}.
{{- end -}}
{{- end }}

{{- /*
gas.networkPolicy (dict "root" $ "part" … "components" (list …) "in" (list of ports to come in at) "ports" (list of more ports to go out to))
The kubelet's probes always come through: a node may talk to its own pods.
*/}}
{{- define "gas.networkPolicy" -}}
{{- $root := .root -}}
{{- $policy := (index $root.Values .part).networkPolicy -}}
{{- if $policy.enabled -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "gas.deploymentMetadata" (list $root .part) | nindent 2 }}
spec:
  podSelector:
    matchExpressions:
      - key: app.kubernetes.io/name
        operator: In
        values: [{{ default $root.Chart.Name $root.Values.nameOverride }}]
      - key: app.kubernetes.io/instance
        operator: In
        values: [{{ $root.Release.Name }}]
      - key: app.kubernetes.io/component
        operator: In
        values: {{ toJson .components }}
  policyTypes: [Ingress, Egress]
  ingress:
    - ports:
        {{- range .in }}
        - {port: {{ . }}, protocol: TCP}
        {{- end }}
      {{- with $policy.from }}
      from:
        {{- toYaml . | nindent 8 }}
        {{- if eq $.part "web" }}
        # `helm test`.
        - podSelector:
            matchLabels:
              {{- include "gas.selector" (list $root "test") | nindent 14 }}
        {{- end }}
      {{- end }}
    {{- with $policy.ingress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  egress:
    # DNS. Most enforcers judge a connection to a Service by the pod that it leads to: OpenShift's listen on 5353.
    - ports:
        - {port: 53, protocol: UDP}
        - {port: 53, protocol: TCP}
        - {port: 5353, protocol: UDP}
        - {port: 5353, protocol: TCP}
    # AWS and the OpenID issuer have no fixed addresses; the machine's own metadata, on port 80, stays out of reach.
    - ports:
        {{- $ports := list "443" (include "gas.port" $root.Values.settings.aws.endpointUrl) }}
        {{- range concat $ports .ports | uniq }}
        - {port: {{ . }}, protocol: TCP}
        {{- end }}
    # The agent of EKS Pod Identity.
    - ports:
        - {port: 80, protocol: TCP}
      to:
        - ipBlock: {cidr: 169.254.170.23/32}
        - ipBlock: {cidr: "fd00:ec2::23/128"}
    {{- with $policy.egress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}
{{- end }}

{{- /* gas.monitor (list $ "part" (list "component" …)): how Prometheus' operator finds the metrics. */}}
{{- define "gas.monitor" -}}
{{- $root := first . -}}
{{- $part := index . 1 -}}
{{- $monitoring := $root.Values.monitoring -}}
{{- if $monitoring.kind -}}
apiVersion: monitoring.coreos.com/v1
kind: {{ $monitoring.kind }}
metadata:
  name: {{ include "gas.name" (list $root $part) }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "gas.labels" (list $root $part) | nindent 4 }}
    {{- with $monitoring.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  selector:
    matchExpressions:
      - key: app.kubernetes.io/instance
        operator: In
        values: [{{ $root.Release.Name }}]
      - key: app.kubernetes.io/component
        operator: In
        values: {{ toJson (last .) }}
  {{ ternary "podMetricsEndpoints" "endpoints" (eq $monitoring.kind "PodMonitor") }}:
    - port: probes
      path: /metrics
      interval: {{ $monitoring.interval }}
{{- end -}}
{{- end }}
