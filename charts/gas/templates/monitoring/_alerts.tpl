{{- /*
The alerts are files of Prometheus' own rules, files/alerts, in which ${words} stand for what differs between installations.

  gas.alertGroups     which files count here, as a JSON list
  gas.alertFile       list $ "group": the rules of one, with its words replaced
*/}}

{{- define "gas.alertGroups" -}}
{{- $groups := list "people" "jobs" "scaling" "controllers" "scraping" -}}
{{- if .Values.annotator.premium.enabled }}{{ $groups = append $groups "premium" }}{{ end -}}
{{- if .Values.annotator.autoscaling.enabled }}{{ $groups = append $groups "keda" }}{{ end -}}
{{- toJson $groups -}}
{{- end }}

{{- /* What is wrong with alerts.disabled: a name that no alert has, in this installation or in any other. */}}
{{- define "gas.alertProblems" -}}
{{- $known := list -}}
{{- range $group := list "people" "jobs" "scaling" "controllers" "scraping" "premium" "keda" -}}
{{- range fromYamlArray ($.Files.Get (printf "files/alerts/%s.yaml" $group)) -}}
{{- $known = append $known .alert -}}
{{- end -}}
{{- end -}}
{{- range .Values.alerts.disabled }}
{{- if not (has . $known) }}
alerts.disabled names {{ . }}, which is no alert: {{ sortAlpha $known | join ", " }}.
{{- end }}
{{- end }}
{{- end }}

{{- define "gas.alertFile" -}}
{{- $root := first . -}}
{{- $annotator := $root.Values.annotator -}}
{{- $scaled := $annotator.autoscaling.enabled -}}
{{- $controllers := $root.Values.settings.controllers -}}
{{- /* What is late follows from how often it is done. */}}
{{- $words := dict
  "namespace" $root.Release.Namespace
  "fullname" (include "gas.fullname" $root)
  "annotators" (ternary $annotator.autoscaling.maxReplicas $annotator.replicas $scaled | toJson)
  "premiumAnnotators" (ternary $annotator.premium.maxReplicas $annotator.premium.replicas $scaled | toJson)
  "sweepAgeSeconds" (mulf 4 (default 15 $controllers.sweepSeconds) | max 60 | toJson)
  "resyncAgeSeconds" (mulf 3 (default 600 $controllers.resyncSeconds) | max 60 | toJson)
  "overviewAgeSeconds" (mulf 6 (default 10 $controllers.overviewSeconds) | max 60 | toJson)
-}}
{{- range $word, $value := $root.Values.alerts.thresholds -}}
{{- $_ := set $words $word (toJson $value) -}}
{{- end -}}
{{- $text := $root.Files.Get (printf "files/alerts/%s.yaml" (last .)) -}}
{{- range $word, $value := $words -}}
{{- $text = replace (printf "${%s}" $word) $value $text -}}
{{- end -}}
{{- $text -}}
{{- end }}
