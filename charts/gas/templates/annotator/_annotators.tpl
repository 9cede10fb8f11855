{{- /*
The Deployments of annotators, as a JSON list: one for everybody's jobs and, when it is wanted, one for premium users'.
Deployment, ScaledObject and PodDisruptionBudget are made from the same templates for both.
*/}}
{{- define "gas.annotators" -}}
{{- $values := .Values.annotator -}}
{{- $standard := dict
  "component" "annotator"
  "premium" false
  "queue" "job-requests"
  "queueURL" $values.autoscaling.queueURL
  "replicas" $values.replicas
  "minReplicas" $values.autoscaling.minReplicas
  "maxReplicas" $values.autoscaling.maxReplicas -}}
{{- $all := list $standard -}}
{{- with $values.premium -}}
{{- if .enabled -}}
{{- $all = append $all (dict
  "component" "annotator-premium"
  "premium" true
  "queue" "job-requests-premium"
  "queueURL" .queueURL
  "replicas" .replicas
  "minReplicas" .minReplicas
  "maxReplicas" .maxReplicas) -}}
{{- end -}}
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
