{{- /*
The Deployments of annotators, as a JSON list: one for everybody's line and one for each of annotator.lines. Deployment,
ScaledObject, PodDisruptionBudget and alerts are made from the same templates for all of them.

  gas.lines                  the lines beside everybody's, whole, as a JSON list
  gas.annotators             what each Deployment is made of
  gas.annotatorComponents    what each is called
  gas.linesSetting           what GAS_LINES says of them; nothing where there are none
  gas.lineOldestSeconds      how long a job of one may wait that says nothing of it
*/}}
{{- define "gas.lines" -}}
{{- $values := .Values.annotator -}}
{{- $all := list -}}
{{- $plans := list -}}
{{- $called := dict -}}
{{- range $values.lines -}}
{{- $line := dict "plans" list "replicas" 1 "minReplicas" 1 "maxReplicas" 10 "queueURL" "" "oldestSeconds" (include "gas.lineOldestSeconds" $ | int) -}}
{{- /* One by one: to merge, none is no value. */}}
{{- range $key, $value := . }}{{ $_ := set $line $key $value }}{{ end -}}
{{- $all = append $all $line -}}
{{- $plans = concat $plans $line.plans -}}
{{- if eq .name "premium" }}{{ $called = $line }}{{ end -}}
{{- end -}}
{{- /* As gas.lines reads the last release's setting: one line has the plan, and the one of that name gets it. */}}
{{- with $values.premium -}}
{{- if and .enabled (not (has "premium" $plans)) -}}
{{- if $called -}}
{{- $_ := set $called "plans" (append $called.plans "premium") -}}
{{- else -}}
{{- $all = append $all (dict
  "name" "premium"
  "plans" (list "premium")
  "queueURL" .queueURL
  "replicas" .replicas
  "minReplicas" .minReplicas
  "maxReplicas" .maxReplicas
  "oldestSeconds" (include "gas.lineOldestSeconds" $ | int)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $all -}}
{{- end }}

{{- define "gas.lineOldestSeconds" -}}
{{- with .Values.alerts.thresholds -}}
{{- default .lineOldestSeconds .premiumOldestSeconds | int -}}
{{- end -}}
{{- end }}

{{- define "gas.annotators" -}}
{{- $values := .Values.annotator -}}
{{- $all := list (dict
  "component" "annotator"
  "line" "everybody"
  "queue" "job-requests"
  "queueURL" $values.autoscaling.queueURL
  "replicas" $values.replicas
  "minReplicas" $values.autoscaling.minReplicas
  "maxReplicas" $values.autoscaling.maxReplicas) -}}
{{- range fromJsonArray (include "gas.lines" .) -}}
{{- $_ := set . "component" (printf "annotator-%s" .name) -}}
{{- $_ := set . "line" .name -}}
{{- $_ := set . "queue" (printf "job-requests-%s" .name) -}}
{{- $all = append $all . -}}
{{- end -}}
{{- toJson $all -}}
{{- end }}

{{- define "gas.annotatorComponents" -}}
{{- $all := list -}}
{{- range fromJsonArray (include "gas.annotators" .) -}}
{{- $all = append $all .component -}}
{{- end -}}
{{- toJson $all -}}
{{- end }}

{{- define "gas.linesSetting" -}}
{{- $said := dict -}}
{{- range fromJsonArray (include "gas.lines" .) -}}
{{- $_ := set $said .name (dict "plans" .plans "deployment" (include "gas.name" (list $ (printf "annotator-%s" .name)))) -}}
{{- end -}}
{{- if $said }}{{ toJson $said }}{{ end -}}
{{- end }}
