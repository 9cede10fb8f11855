{{- /*
Helpers of all parts. Most take (list $ "part"), where the part is web, annotator or controllers.

  gas.labels, gas.selector          labels of an object, and those that pods are found by
  gas.settings                      the variables GAS_… of a ConfigMap, from .Values.settings
  gas.image                         the image of a part
  gas.problems                      what is wrong with the values, one sentence a line
  gas.missingSecrets                what these values name that is not in the namespace, one sentence a line
*/}}

{{- define "gas.selector" -}}
app.kubernetes.io/name: {{ default (first .).Chart.Name (first .).Values.nameOverride }}
app.kubernetes.io/instance: {{ (first .).Release.Name }}
app.kubernetes.io/component: {{ last . }}
{{- end }}

{{- define "gas.labels" -}}
helm.sh/chart: {{ printf "%s-%s" (first .).Chart.Name (first .).Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ (first .).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (first .).Release.Service }}
app.kubernetes.io/part-of: gas
{{ include "gas.selector" . }}
{{- with (first .).Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "gas.image" -}}
{{- $image := (index (first .).Values (last .)).image -}}
{{- $repository := $image.repository -}}
{{- with (first .).Values.imageRegistry -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) $image.repository -}}
{{- end -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default (first .).Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end }}

{{- define "gas.publicUrl" -}}
{{- with .Values.settings.web.publicUrl -}}
{{- . -}}
{{- else -}}
{{- with .Values.ingress.host -}}
{{- printf "https://%s" . -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* gas.settings (list $ "web" "lifecycle" …): what these sections set. Numbers as JSON writes them: never 5.3e+09. */}}
{{- define "gas.settings" -}}
{{- $root := first . -}}
GAS_ENV: {{ default "production" $root.Values.settings.env | quote }}
GAS_INSTANCE: {{ $root.Release.Namespace | quote }}
{{- with $root.Values.settings.logLevel }}
GAS_LOG_LEVEL: {{ . | quote }}
{{- end }}
{{- with include "gas.publicUrl" $root }}
GAS_WEB__PUBLIC_URL: {{ . | quote }}
{{- end }}
{{- with include "gas.linesSetting" $root }}
GAS_LINES: {{ . | quote }}
{{- end }}
{{- range $section := rest . }}
{{- range $key, $value := index $root.Values.settings $section }}
{{- if not (or (kindIs "invalid" $value) (has $key (list "publicUrl" "references"))) }}
GAS_{{ upper $section }}__{{ $key | snakecase | upper }}: {{ ternary $value (toJson $value) (kindIs "string" $value) | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "gas.settingsConfigMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "gas.name" (list .root .part) }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "gas.labels" (list .root .part) | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
data:
  {{- include "gas.settings" (concat (list .root) .sections) | nindent 2 }}
  {{- range $name, $value := .more }}
  {{ $name }}: {{ $value | quote }}
  {{- end }}
{{- end }}

{{- /* The port of an address: 443 where there is none. */}}
{{- define "gas.port" -}}
{{- $host := (urlParse (default "https://" .)).host -}}
{{- if regexMatch ":[0-9]+$" $host -}}
{{- regexFind "[0-9]+$" $host -}}
{{- else -}}
{{- ternary "80" "443" (hasPrefix "http:" (default "" .)) -}}
{{- end -}}
{{- end }}

{{- /* What is wrong with these values: everything at once, so that nobody mends one thing after the other. */}}
{{- define "gas.problems" -}}
{{- $settings := .Values.settings -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]{0,18}[a-z0-9])?$" .Release.Namespace) }}
The namespace {{ .Release.Namespace }} is the instance, which names buckets and queues: install into one of at most 20 characters a-z, 0-9 and -, starting with a letter and not ending with -.
{{- end }}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) }}
ingress.enabled needs ingress.host, the name that people type.
{{- end }}
{{- if not (include "gas.publicUrl" .) }}
The public address is missing: set ingress.host, or settings.web.publicUrl.
{{- end }}
{{- if not $settings.web.clientId }}
settings.web.clientId is missing: register GAS at {{ $settings.web.issuerUrl }} and set the id that it was given.
{{- end }}
{{- if not .Values.web.oidc.existingSecret }}
web.oidc.existingSecret is missing: the Secret that holds the client's secret under the key {{ .Values.web.oidc.clientSecretKey }}.
{{- end }}
{{- if ne $settings.env "local" }}
{{- if hasSuffix "@example.org" (default "" $settings.aws.mailSender) }}
settings.aws.mailSender is an example address: set the sender that SES has verified.
{{- end }}
{{- if $settings.aws.endpointUrl }}
settings.aws.endpointUrl is set: production talks to AWS itself. Unset it, or set settings.env to local.
{{- end }}
{{- if $settings.annotator.paceSeconds }}
settings.annotator.paceSeconds is set: it makes annotators slow for load runs. Unset it, or set settings.env to local.
{{- end }}
{{- end }}
{{- if lt (int .Values.annotator.terminationGracePeriodSeconds) (add (int (default 90 $settings.annotator.drainSeconds)) 30 | int) }}
annotator.terminationGracePeriodSeconds is {{ .Values.annotator.terminationGracePeriodSeconds }}: make it at least 30 s longer than settings.annotator.drainSeconds, or jobs die that could have ended.
{{- end }}
{{- if and .Values.setup.enabled (not (default dict .Values.setup.image).repository) }}
setup.image is missing: these are the values of a release that had none. Upgrade with --reset-then-reuse-values in place of --reuse-values.
{{- end }}
{{- $words := list "free" "premium" -}}
{{- range default list $settings.plans.more -}}
{{- $words = append $words .word -}}
{{- end -}}
{{- $names := list -}}
{{- $standing := list -}}
{{- $twice := list -}}
{{- range fromJsonArray (include "gas.lines" .) }}
{{- if has .name (concat $names (list "everybody" "dead")) }}
annotator.lines has {{ .name }} twice, or a name that is taken: everybody, dead.
{{- end }}
{{- $names = append $names .name -}}
{{- range .plans -}}
{{- if has . $standing }}{{ $twice = append $twice . }}{{ end -}}
{{- $standing = append $standing . -}}
{{- end -}}
{{- end }}
{{- range uniq $standing }}
{{- if not (has . $words) }}
annotator.lines has plan {{ . }}: there is no such plan, but {{ join ", " $words }}.
{{- else if has . $twice }}
annotator.lines has plan {{ . }} twice: it stands in one line.
{{- end }}
{{- end }}
{{- $auth := .Values.annotator.autoscaling.authentication -}}
{{- if gt (len (compact (list $auth.roleArn $auth.existingSecret $auth.triggerAuthentication))) 1 }}
annotator.autoscaling.authentication: set one of roleArn, existingSecret and triggerAuthentication.
{{- end }}
{{- $scaling := .Values.annotator.autoscaling -}}
{{- $blind := mul 2 (int $scaling.pollingSeconds) (add 1 (int $scaling.fallback.failureThreshold)) -}}
{{- if and $scaling.enabled (lt (int $scaling.cooldownSeconds) (int $blind)) }}
annotator.autoscaling.cooldownSeconds is {{ $scaling.cooldownSeconds }}: make it at least {{ $blind }}, twice the time in which KEDA notices that it cannot read the queue (pollingSeconds times fallback.failureThreshold and one more), or it may take a queue that it cannot read for an empty one.
{{- end }}
{{- range tuple "web" "annotator" "controllers" }}
{{- if and (eq (toString (index $.Values .).podDisruptionBudget.maxUnavailable) "0") (index $.Values .).podDisruptionBudget.enabled }}
{{ . }}.podDisruptionBudget.maxUnavailable is 0: no node could ever be drained.
{{- end }}
{{- end }}
{{- include "gas.alertProblems" . }}
{{- include "gas.missingSecrets" . }}
{{- end }}

{{- /* Pods that want a Secret which is not there wait for it in silence, and Helm with them: better told at once. Where no
cluster is asked, as by `helm template`, lookup finds nothing at all, not even an empty list. */}}
{{- define "gas.missingSecrets" -}}
{{- $there := dict -}}
{{- if and .Values.checkSecrets (not .Values.extraObjects) -}}
{{- $there = lookup "v1" "Secret" .Release.Namespace "" -}}
{{- end -}}
{{- if $there -}}
{{- $keys := dict -}}
{{- range $there.items -}}
{{- $_ := set $keys .metadata.name (keys (default dict .data)) -}}
{{- end -}}
{{- $aws := list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" -}}
{{- $scaling := .Values.annotator.autoscaling -}}
{{- $wanted := list
  (list true "web.oidc.existingSecret" .Values.web.oidc.existingSecret (list .Values.web.oidc.clientSecretKey))
  (list true "web.aws.existingSecret" .Values.web.aws.existingSecret $aws)
  (list true "annotator.aws.existingSecret" .Values.annotator.aws.existingSecret $aws)
  (list true "controllers.aws.existingSecret" .Values.controllers.aws.existingSecret $aws)
  (list .Values.setup.enabled "setup.aws.existingSecret" .Values.setup.aws.existingSecret $aws)
  (list $scaling.enabled "annotator.autoscaling.authentication.existingSecret" $scaling.authentication.existingSecret $aws) -}}
{{- range $wanted }}
{{- $value := index . 1 }}
{{- $name := index . 2 }}
{{- if and (index . 0) $name }}
{{- range index . 3 }}
{{- if not (has . (default list (get $keys $name))) }}
{{ $value }} is {{ $name }}: namespace {{ $.Release.Namespace }} has no Secret of that name with the key {{ . }}. Make it first, or set checkSecrets to false if something else will.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
