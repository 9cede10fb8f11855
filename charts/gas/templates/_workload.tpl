{{- /*
The parts of a Deployment that web, annotator and controllers share. Each takes (list $ "part" "component"), where the
component is the part, or another Deployment of the same part.
*/}}

{{- define "gas.deploymentMetadata" -}}
{{- $root := first . -}}
{{- $component := last . -}}
name: {{ include "gas.name" (list $root $component) }}
namespace: {{ $root.Release.Namespace }}
labels:
  {{- include "gas.labels" (list $root $component) | nindent 2 }}
{{- end }}

{{- define "gas.podMetadata" -}}
{{- $root := first . -}}
{{- $part := index . 1 -}}
{{- $values := index $root.Values $part -}}
labels:
  {{- include "gas.selector" (list $root (last .)) | nindent 2 }}
  {{- with $root.Values.commonLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- with $values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  # Settings are read at the start, so that a change of them needs new pods.
  checksum/settings: {{ include (print $root.Template.BasePath "/" $part "/settings.yaml") $root | sha256sum }}
  {{- with $values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "gas.podSpec" -}}
{{- $root := first . -}}
{{- $part := index . 1 -}}
{{- $component := last . -}}
{{- $values := index $root.Values $part -}}
serviceAccountName: {{ include "gas.serviceAccountName" (list $root $part) }}
automountServiceAccountToken: {{ eq $part "controllers" }}
enableServiceLinks: false
{{- with include "gas.priorityClassName" (list $root $part) }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
terminationGracePeriodSeconds: {{ int $values.terminationGracePeriodSeconds }}
securityContext:
  {{- toYaml $values.podSecurityContext | nindent 2 }}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  {{- if .labelSelector }}
  - {{- toYaml . | nindent 4 }}
  {{- else }}
  - {{- toYaml . | nindent 4 }}
    labelSelector:
      matchLabels:
        {{- include "gas.selector" (list $root $component) | nindent 8 }}
  {{- end }}
  {{- end }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* gas.container (list $ "part" port-of-its-probes): the container up to its own variables and volumes. */}}
{{- define "gas.container" -}}
{{- $root := first . -}}
{{- $part := index . 1 -}}
{{- $values := index $root.Values $part -}}
name: {{ $part }}
image: {{ include "gas.image" (list $root $part) | quote }}
imagePullPolicy: {{ $values.image.pullPolicy }}
securityContext:
  {{- toYaml $values.securityContext | nindent 2 }}
resources:
  {{- toYaml $values.resources | nindent 2 }}
ports:
  {{- if eq $part "web" }}
  - name: http
    containerPort: 8080
    protocol: TCP
  {{- end }}
  - name: probes
    containerPort: {{ last . }}
    protocol: TCP
startupProbe:
  httpGet: {path: /livez, port: probes}
  periodSeconds: 1
  timeoutSeconds: 3
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /livez, port: probes}
  {{- toYaml $values.livenessProbe | nindent 2 }}
readinessProbe:
  httpGet: {path: /readyz, port: probes}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
envFrom:
  - configMapRef:
      name: {{ include "gas.name" (list $root $part) }}
{{- end }}

{{- /* The variables that come from Secrets, and the user's own. */}}
{{- define "gas.env" -}}
{{- $values := index (first .).Values (last .) -}}
{{- include "gas.awsEnv" $values.aws }}
{{- with $values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "gas.awsEnv" -}}
{{- with .existingSecret -}}
- name: AWS_ACCESS_KEY_ID
  valueFrom: {secretKeyRef: {name: {{ . | quote }}, key: AWS_ACCESS_KEY_ID}}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom: {secretKeyRef: {name: {{ . | quote }}, key: AWS_SECRET_ACCESS_KEY}}
- name: AWS_EC2_METADATA_DISABLED
  value: "true"
{{- end -}}
{{- end }}

{{- define "gas.tmpVolume" -}}
- name: tmp
  emptyDir:
    sizeLimit: {{ (index (first .).Values (last .)).tmpSizeLimit }}
{{- end }}
