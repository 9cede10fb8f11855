{{- /*
Every name of an object is made here. A part's objects are called <fullname>-<part>; what is not namespaced carries the
namespace as well, so that two installations never share an object.
*/}}

{{- define "gas.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- /* A pod's host is called like the pod, but in at most 63 characters: the longest part and a pod's two suffixes take 35. */ -}}
{{- default $full .Values.fullnameOverride | trunc 28 | trimSuffix "-" -}}
{{- end }}

{{- /* gas.name (list $ "annotator") */}}
{{- define "gas.name" -}}
{{- printf "%s-%s" (include "gas.fullname" (first .)) (last .) -}}
{{- end }}

{{- /* The name of an RBAC object that is not namespaced: these may hold a colon. */}}
{{- define "gas.clusterName" -}}
{{- printf "%s:%s" (first .).Release.Namespace (include "gas.name" .) -}}
{{- end }}

{{- /* The name of any other object that is not namespaced: a DNS subdomain. */}}
{{- define "gas.clusterDnsName" -}}
{{- printf "%s.%s" (include "gas.name" .) (first .).Release.Namespace -}}
{{- end }}

{{- define "gas.serviceAccountName" -}}
{{- $part := last . -}}
{{- $account := (index (first .).Values $part).serviceAccount -}}
{{- if $account.create -}}
{{- default (include "gas.name" .) $account.name -}}
{{- else -}}
{{- default "default" $account.name -}}
{{- end -}}
{{- end }}

{{- define "gas.priorityClassName" -}}
{{- $class := (index (first .).Values (last .)).priorityClass -}}
{{- if $class.create -}}
{{- include "gas.clusterDnsName" . -}}
{{- else -}}
{{- $class.name -}}
{{- end -}}
{{- end }}

{{- define "gas.tlsSecretName" -}}
{{- default (include "gas.name" (list . "web-tls")) .Values.ingress.tls.secretName -}}
{{- end }}

{{- /* The queue of a channel, as KEDA and people name it. */}}
{{- define "gas.queueName" -}}
{{- printf "%s-%s" (first .).Release.Namespace (last .) -}}
{{- end }}
