{{- /*
Where annotators have the bundles of references.

  gas.referencesClaim     the name of the claim that pods share; nothing where each has a folder of its own
  gas.referencesVolume    the volume
  gas.referencesBytes     how much may lie there: a twentieth less than the size, for a full volume would end the pod
*/}}
{{- define "gas.referencesClaim" -}}
{{- with .Values.annotator.references -}}
{{- if .existingClaim }}{{ .existingClaim }}{{ else if .storageClass }}{{ include "gas.name" (list $ "annotator-references") }}{{ end -}}
{{- end -}}
{{- end }}

{{- define "gas.referencesVolume" -}}
{{- with include "gas.referencesClaim" . -}}
persistentVolumeClaim:
  claimName: {{ . | quote }}
{{- else -}}
emptyDir:
  sizeLimit: {{ .Values.annotator.references.size }}
{{- end -}}
{{- end }}

{{- define "gas.referencesBytes" -}}
{{- $units := dict "M" 1000000 "G" 1000000000 "T" 1000000000000 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $size := toString .Values.annotator.references.size -}}
{{- $number := regexFind "^[0-9]+" $size | int64 -}}
{{- $unit := get $units (trimPrefix (regexFind "^[0-9]+" $size) $size) | int64 -}}
{{- div (mul $number $unit 19) 20 -}}
{{- end }}
