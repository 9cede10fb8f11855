{{- /*
The alerts are files of Prometheus' own rules, files/alerts, in which ${words} stand for what differs between installations.

  gas.alertGroups     which files count here, as a JSON list of `group` and `file`; that of a line once for each, with the `line`
  gas.alertFile       list $ group: the rules of one, with its words replaced
  gas.alertsDisabled  alerts.disabled, with the names of the last release as they are now
*/}}

{{- define "gas.alertGroups" -}}
{{- $groups := list -}}
{{- range list "people" "jobs" "scaling" "controllers" "scraping" -}}
{{- $groups = append $groups (dict "group" . "file" .) -}}
{{- end -}}
{{- range fromJsonArray (include "gas.lines" .) -}}
{{- $groups = append $groups (dict "group" (printf "line-%s" .name) "file" "line" "line" .) -}}
{{- end -}}
{{- if .Values.annotator.autoscaling.enabled }}{{ $groups = append $groups (dict "group" "keda" "file" "keda") }}{{ end -}}
{{- toJson $groups -}}
{{- end }}

{{- /* What is wrong with alerts.disabled: a name that no alert has, in this installation or in any other. */}}
{{- define "gas.alertProblems" -}}
{{- $known := list -}}
{{- range $group := list "people" "jobs" "scaling" "controllers" "scraping" "line" "keda" -}}
{{- range fromYamlArray ($.Files.Get (printf "files/alerts/%s.yaml" $group)) -}}
{{- $known = append $known .alert -}}
{{- end -}}
{{- end -}}
{{- range fromJsonArray (include "gas.alertsDisabled" .) }}
{{- if not (has . $known) }}
alerts.disabled names {{ . }}, which is no alert: {{ sortAlpha $known | join ", " }}.
{{- end }}
{{- end }}
{{- end }}

{{- define "gas.alertsDisabled" -}}
{{- $all := list -}}
{{- range .Values.alerts.disabled -}}
{{- $all = append $all (regexReplaceAll "^GasPremium(JobsWaitTooLong|AnnotatorsAtMaximum)$" . "GasLine${1}") -}}
{{- end -}}
{{- toJson $all -}}
{{- end }}

{{- define "gas.alertFile" -}}
{{- $root := first . -}}
{{- $group := last . -}}
{{- $annotator := $root.Values.annotator -}}
{{- $scaled := $annotator.autoscaling.enabled -}}
{{- $controllers := $root.Values.settings.controllers -}}
{{- /* What is late follows from how often it is done. */}}
{{- $words := dict
  "namespace" $root.Release.Namespace
  "fullname" (include "gas.fullname" $root)
  "annotators" (ternary $annotator.autoscaling.maxReplicas $annotator.replicas $scaled | toJson)
  "sweepAgeSeconds" (mulf 4 (default 15 $controllers.sweepSeconds) | max 60 | toJson)
  "resyncAgeSeconds" (mulf 3 (default 600 $controllers.resyncSeconds) | max 60 | toJson)
  "overviewAgeSeconds" (mulf 6 (default 10 $controllers.overviewSeconds) | max 60 | toJson)
-}}
{{- range $word, $value := $root.Values.alerts.thresholds -}}
{{- $_ := set $words $word (toJson $value) -}}
{{- end -}}
{{- $_ := set $words "lineOldestSeconds" (include "gas.lineOldestSeconds" $root) -}}
{{- with $group.line -}}
{{- $_ := set $words "line" .name -}}
{{- $_ := set $words "lineAnnotators" (ternary .maxReplicas .replicas $scaled | toJson) -}}
{{- $_ := set $words "lineOldestSeconds" (toJson .oldestSeconds) -}}
{{- end -}}
{{- $text := $root.Files.Get (printf "files/alerts/%s.yaml" $group.file) -}}
{{- range $word, $value := $words -}}
{{- $text = replace (printf "${%s}" $word) $value $text -}}
{{- end -}}
{{- $text -}}
{{- end }}
